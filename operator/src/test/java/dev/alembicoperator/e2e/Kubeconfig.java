package dev.alembicoperator.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.Config;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.stream.Stream;

/** Reads a kubeconfig as kubectl does. */
final class Kubeconfig {

  private static final String PKCS8 = "-----BEGIN PRIVATE KEY-----";

  private Kubeconfig() {}

  /**
   * The configuration of the current context. fabric8 7.5.2 takes every key in PKCS #8 for one of
   * RSA, unless told.
   */
  static Config read(Path file) {
    Config config = Config.fromKubeconfig(file.toFile());
    String data = config.getClientKeyData();
    if (data != null) {
      String pem = new String(Base64.getDecoder().decode(data), UTF_8);
      if (pem.startsWith(PKCS8)) {
        config.setClientKeyAlgo(algorithm(pem));
      }
    }
    return config;
  }

  private static String algorithm(String pem) {
    byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", "").strip());
    return Stream.of("RSA", "EC", "EdDSA")
        .filter(name -> reads(name, key))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the kubeconfig's key is of an unknown kind"));
  }

  private static boolean reads(String algorithm, byte[] key) {
    try {
      KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key));
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}

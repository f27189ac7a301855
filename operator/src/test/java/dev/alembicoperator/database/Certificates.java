package dev.alembicoperator.database;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A server's certificate made by an authority of the test's own, with the JDK's keytool.
 *
 * @param certificate PEM file, for the server
 * @param key PEM file, for the server
 * @param authority PEM text of who signed it
 * @param stranger PEM text of another authority
 */
record Certificates(Path certificate, Path key, String authority, String stranger) {
  private static final String PASSWORD = "changeit";

  static Certificates make(Path directory, String host) throws IOException, InterruptedException {
    Path store = directory.resolve("store.p12");
    keytool(store, "ca", "-dname", "CN=test authority", "-ext", "bc:c");
    keytool(store, "stranger", "-dname", "CN=another authority", "-ext", "bc:c");
    keytool(store, "server", "-dname", "CN=" + host, "-ext", "san=dns:" + host, "-signer", "ca");
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      Path certificate = directory.resolve("server.crt");
      Path key = directory.resolve("server.key");
      Files.writeString(
          certificate, pem("CERTIFICATE", keys.getCertificate("server").getEncoded()));
      Files.writeString(
          key, pem("PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded()));
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
      return new Certificates(
          certificate,
          key,
          pem("CERTIFICATE", keys.getCertificate("ca").getEncoded()),
          pem("CERTIFICATE", keys.getCertificate("stranger").getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void keytool(Path store, String alias, String... options)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-validity",
                "2",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    command.addAll(Arrays.asList(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("keytool: " + said);
    }
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), type);
  }
}

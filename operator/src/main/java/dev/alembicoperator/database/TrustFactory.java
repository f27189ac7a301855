package dev.alembicoperator.database;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.postgresql.ssl.NonValidatingFactory;
import org.postgresql.ssl.WrappedFactory;

/**
 * TLS that trusts anybody, or the given authorities, or, where none are given, the JDK's. pgjdbc's
 * own factory wants a file for that, and reads the home directory besides; here nothing is left on
 * any disk. pgjdbc makes one by its class name and one text ({@code sslfactory}, {@code
 * sslfactoryarg}).
 */
public final class TrustFactory extends WrappedFactory {
  private static final String BY_NAME = "name\n";
  private static final String BY_AUTHORITY = "authority\n";
  private static final String ANYBODY = "anybody\n";

  private final boolean verifiesName;

  /**
   * For pgjdbc.
   *
   * @param argument as one of the methods here writes it
   * @throws GeneralSecurityException when the text holds no certificates
   */
  public TrustFactory(String argument) throws GeneralSecurityException, IOException {
    this.verifiesName = argument.startsWith(BY_NAME);
    this.factory =
        argument.equals(ANYBODY)
            ? new NonValidatingFactory(null)
            : verifying(argument.substring(argument.indexOf('\n') + 1));
  }

  private static SSLSocketFactory verifying(String pem)
      throws GeneralSecurityException, IOException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(pem.isEmpty() ? null : store(certificates(pem)));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  /**
   * Certificates are verified.
   *
   * @param verifiesName whether the certificate must be made out to the host, as {@code
   *     verify-full} has it
   * @param pem certificates of authorities; empty: those of the JDK
   */
  static String verifying(boolean verifiesName, String pem) {
    return (verifiesName ? BY_NAME : BY_AUTHORITY) + pem;
  }

  /** Encryption alone, as {@code prefer} and {@code require} have it. */
  static String anybody() {
    return ANYBODY;
  }

  /**
   * The certificates in a PEM text; words between them, as bundles have them, are skipped.
   *
   * @throws CertificateException when there is none, or one is damaged
   */
  static Collection<? extends Certificate> certificates(String pem) throws CertificateException {
    Collection<? extends Certificate> found =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
    if (found.isEmpty()) {
      throw new CertificateException("there is no certificate in it");
    }
    return found;
  }

  private static KeyStore store(Collection<? extends Certificate> certificates)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (Certificate certificate : certificates) {
      store.setCertificateEntry("authority-" + store.size(), certificate);
    }
    return store;
  }

  /** The host is the one of the settings, whatever address was dialled. */
  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    SSLSocket secured =
        new CheckedTlsSocket((SSLSocket) super.createSocket(socket, host, port, autoClose));
    if (verifiesName) {
      // The JDK's check fails the handshake itself; pgjdbc's own comes after it and says so without
      // a cause.
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
    }
    return secured;
  }
}

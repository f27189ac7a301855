package dev.alembicoperator.database;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketException;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * A TLS socket whose deciphered stream goes through {@link BackendMessages}; in all else the one it
 * is given.
 */
final class CheckedTlsSocket extends SSLSocket {
  private final SSLSocket tls;
  private InputStream messages;

  CheckedTlsSocket(SSLSocket tls) {
    this.tls = tls;
  }

  @Override
  public synchronized InputStream getInputStream() throws IOException {
    if (messages == null) {
      messages = BackendMessages.ofPlaintext(tls.getInputStream());
    }
    return messages;
  }

  @Override
  public void close() throws IOException {
    tls.close();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return tls.getSupportedCipherSuites();
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return tls.getEnabledCipherSuites();
  }

  @Override
  public String[] getSupportedProtocols() {
    return tls.getSupportedProtocols();
  }

  @Override
  public String[] getEnabledProtocols() {
    return tls.getEnabledProtocols();
  }

  @Override
  public SSLSession getSession() {
    return tls.getSession();
  }

  @Override
  public SSLParameters getSSLParameters() {
    return tls.getSSLParameters();
  }

  @Override
  public boolean getUseClientMode() {
    return tls.getUseClientMode();
  }

  @Override
  public boolean getNeedClientAuth() {
    return tls.getNeedClientAuth();
  }

  @Override
  public boolean getWantClientAuth() {
    return tls.getWantClientAuth();
  }

  @Override
  public boolean getEnableSessionCreation() {
    return tls.getEnableSessionCreation();
  }

  @Override
  public boolean isClosed() {
    return tls.isClosed();
  }

  @Override
  public boolean isConnected() {
    return tls.isConnected();
  }

  @Override
  public InetAddress getInetAddress() {
    return tls.getInetAddress();
  }

  @Override
  public int getPort() {
    return tls.getPort();
  }

  @Override
  public void setEnabledCipherSuites(String[] value) {
    tls.setEnabledCipherSuites(value);
  }

  @Override
  public void setEnabledProtocols(String[] value) {
    tls.setEnabledProtocols(value);
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener value) {
    tls.addHandshakeCompletedListener(value);
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener value) {
    tls.removeHandshakeCompletedListener(value);
  }

  @Override
  public void setUseClientMode(boolean value) {
    tls.setUseClientMode(value);
  }

  @Override
  public void setNeedClientAuth(boolean value) {
    tls.setNeedClientAuth(value);
  }

  @Override
  public void setWantClientAuth(boolean value) {
    tls.setWantClientAuth(value);
  }

  @Override
  public void setEnableSessionCreation(boolean value) {
    tls.setEnableSessionCreation(value);
  }

  @Override
  public void setSSLParameters(SSLParameters value) {
    tls.setSSLParameters(value);
  }

  @Override
  public void startHandshake() throws IOException {
    tls.startHandshake();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return tls.getOutputStream();
  }

  @Override
  public void setSoTimeout(int value) throws SocketException {
    tls.setSoTimeout(value);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return tls.getSoTimeout();
  }

  @Override
  public void setTcpNoDelay(boolean value) throws SocketException {
    tls.setTcpNoDelay(value);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return tls.getTcpNoDelay();
  }

  @Override
  public void setKeepAlive(boolean value) throws SocketException {
    tls.setKeepAlive(value);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return tls.getKeepAlive();
  }

  @Override
  public void setReceiveBufferSize(int value) throws SocketException {
    tls.setReceiveBufferSize(value);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return tls.getReceiveBufferSize();
  }

  @Override
  public void setSendBufferSize(int value) throws SocketException {
    tls.setSendBufferSize(value);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return tls.getSendBufferSize();
  }
}

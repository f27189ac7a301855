package dev.alembicoperator.database;

import dev.alembicoperator.database.ConnectionSettings.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The host part of a URL: one server or libpq's list of several. */
final class Endpoints {
  /** More are no list any more; each costs a look its share of the time-out. */
  private static final int MOST = 8;

  private static final Pattern HOST =
      Pattern.compile("[\\p{L}\\p{N}._-]*|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  private Endpoints() {}

  static List<Endpoint> parse(String text) throws InvalidConnectionException {
    List<Endpoint> endpoints = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      endpoints.add(one(item));
    }
    return checked(endpoints);
  }

  /** What the query makes of it, each a comma-separated list or repeated. */
  static List<Endpoint> overridden(List<Endpoint> given, List<String> hosts, List<String> ports)
      throws InvalidConnectionException {
    List<Endpoint> endpoints = given;
    if (hosts != null) {
      endpoints = new ArrayList<>();
      for (String item : String.join(",", hosts).split(",", -1)) {
        endpoints.add(item.startsWith("/") ? new Endpoint(item, OptionalInt.empty()) : one(item));
      }
    }
    if (ports != null) {
      String[] list = String.join(",", ports).split(",", -1);
      List<Endpoint> ported = new ArrayList<>();
      for (int i = 0; i < endpoints.size(); i++) {
        // One port serves every host (libpq, "Specifying Multiple Hosts").
        ported.add(new Endpoint(endpoints.get(i).host(), port(list[Math.min(i, list.length - 1)])));
      }
      endpoints = ported;
    }
    return checked(endpoints);
  }

  /** The list as {@link ConnectionSettings#host()} keeps it. */
  static String host(List<Endpoint> endpoints) {
    if (endpoints.size() == 1) {
      return endpoints.getFirst().host();
    }
    boolean own = port(endpoints).isEmpty();
    return endpoints.stream()
        .map(e ->
            (e.host().indexOf(':') >= 0 ? "[" + e.host() + "]" : e.host())
                + (own && e.port().isPresent() ? ":" + e.port().getAsInt() : ""))
        .collect(Collectors.joining(","));
  }

  /** The port of all; absent where they differ. */
  static OptionalInt port(List<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::port).distinct().count() == 1
        ? endpoints.getFirst().port()
        : OptionalInt.empty();
  }

  /** Takes apart what {@link #host(List)} put together. */
  static List<Endpoint> split(String host, OptionalInt port) {
    if (host.startsWith("/") || host.indexOf(',') < 0) {
      return List.of(new Endpoint(host, port));
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (String item : host.split(",", -1)) {
      try {
        Endpoint one = one(item);
        endpoints.add(one.port().isPresent() ? one : new Endpoint(one.host(), port));
      } catch (InvalidConnectionException unreadable) {
        // Settings from separate keys were never parsed; such a name resolves nowhere, which is
        // then told.
        endpoints.add(new Endpoint(item, port));
      }
    }
    return List.copyOf(endpoints);
  }

  private static Endpoint one(String item) throws InvalidConnectionException {
    int colon = item.lastIndexOf(':');
    if (item.startsWith("[")) {
      int close = item.indexOf(']');
      if (close < 0 || (close + 1 < item.length() && item.charAt(close + 1) != ':')) {
        throw new InvalidConnectionException(
            "the URL's IPv6 address is not closed; write it as [2001:db8::1]:5432");
      }
      String address = PercentEncoding.decode(item.substring(1, close));
      if (address.indexOf(':') < 0) {
        throw unreadable();
      }
      return new Endpoint(address, port(item.substring(Math.min(close + 2, item.length()))));
    }
    if (colon != item.indexOf(':')) {
      // Two colons: an address without its brackets, or a user and password without the @.
      throw unreadable();
    }
    return colon < 0
        ? new Endpoint(PercentEncoding.decode(item), OptionalInt.empty())
        : new Endpoint(
            PercentEncoding.decode(item.substring(0, colon)), port(item.substring(colon + 1)));
  }

  private static OptionalInt port(String text) throws InvalidConnectionException {
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (port < 1 || port > 65535) {
      throw new InvalidConnectionException(
          "the URL's port is not a number from 1 to 65535; if that is part of the password,"
              + " percent-encode its special characters");
    }
    return OptionalInt.of(port);
  }

  private static List<Endpoint> checked(List<Endpoint> endpoints)
      throws InvalidConnectionException {
    for (Endpoint endpoint : endpoints) {
      if (!endpoint.host().startsWith("/") && !HOST.matcher(endpoint.host()).matches()) {
        throw unreadable();
      }
    }
    if (endpoints.size() > MOST) {
      throw new InvalidConnectionException(
          "the URL lists more than " + MOST + " hosts; name the ones that matter");
    }
    return List.copyOf(endpoints);
  }

  private static InvalidConnectionException unreadable() {
    return new InvalidConnectionException(
        "the URL's host is no host name or address; if it is part of the password, percent-encode"
            + " its special characters; an IPv6 address is written in brackets");
  }
}

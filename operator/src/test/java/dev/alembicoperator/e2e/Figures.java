package dev.alembicoperator.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was measured in this run: a small table at its end, and {@code target/e2e/figures.txt}. */
final class Figures {

  private final Map<String, String> figures = new LinkedHashMap<>();

  synchronized void add(String what, String value) {
    figures.put(what, value);
  }

  synchronized void write() {
    if (figures.isEmpty()) {
      return;
    }
    StringBuilder table = new StringBuilder();
    int width = figures.keySet().stream().mapToInt(String::length).max().orElse(0);
    figures.forEach(
        (what, value) -> table.append(("%-" + width + "s  %s%n").formatted(what, value)));
    System.out.println(table);
    try {
      Path file = Evidence.FOLDER.resolve("figures.txt");
      Files.createDirectories(file.getParent());
      Files.writeString(file, table);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

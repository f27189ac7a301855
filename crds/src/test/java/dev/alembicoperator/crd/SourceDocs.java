package dev.alembicoperator.crd;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The Javadoc of types and of record components, read from source by the compiler's own parser: so
 * what a field means is said once, for Java, for {@code kubectl explain} and for the reference.
 */
final class SourceDocs {

  private final Map<String, String> byElement = new HashMap<>();

  private SourceDocs() {}

  /**
   * Reads every source file below the folders.
   *
   * @throws UncheckedIOException if a folder or a file cannot be read
   */
  static SourceDocs of(Path... folders) {
    SourceDocs docs = new SourceDocs();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      var sources = Stream.of(folders).flatMap(SourceDocs::sources).toList();
      var task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjects(sources.toArray(Path[]::new)));
      DocTrees trees = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        docs.new Collector(trees, unit).scan(new TreePath(unit), null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return docs;
  }

  /** The first sentence of a type's Javadoc. */
  Optional<String> of(Class<?> type) {
    return Optional.ofNullable(byElement.get(name(type)));
  }

  /** What the Javadoc of a record says of one component, as sentences. */
  Optional<String> of(Class<?> type, String component) {
    return Optional.ofNullable(byElement.get(name(type) + "#" + component));
  }

  private static String name(Class<?> type) {
    return type.getName().replace('$', '.');
  }

  private static Stream<Path> sources(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> f.toString().endsWith(".java")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(List<? extends DocTree> parts) {
    return parts.stream()
        .map(part -> part instanceof LiteralTree code ? code.getBody().getBody() : part.toString())
        .collect(Collectors.joining())
        .replaceAll("\\s+", " ")
        .strip();
  }

  private static String sentences(String text) {
    String capitalised = text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    return capitalised.endsWith(".") ? capitalised : capitalised + ".";
  }

  /** Walks one file and files what it finds under the names of types and components. */
  private final class Collector extends TreePathScanner<Void, Void> {
    private final DocTrees trees;
    private final Deque<String> names = new ArrayDeque<>();

    Collector(DocTrees trees, CompilationUnitTree unit) {
      this.trees = trees;
      this.names.push(String.valueOf(unit.getPackageName()));
    }

    @Override
    public Void visitClass(ClassTree type, Void unused) {
      String name = names.element() + "." + type.getSimpleName();
      DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
      if (comment != null) {
        byElement.put(name, text(comment.getFirstSentence()));
        comment.getBlockTags().stream()
            .filter(ParamTree.class::isInstance)
            .map(ParamTree.class::cast)
            .forEach(tag ->
                byElement.put(name + "#" + tag.getName(), sentences(text(tag.getDescription()))));
      }
      names.push(name);
      super.visitClass(type, null);
      names.pop();
      return null;
    }
  }
}

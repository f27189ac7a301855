package dev.alembicoperator.e2e;

import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Starts what all tests share with the first that needs it, and gives each test a namespace. */
final class EndToEndExtension implements ParameterResolver, AfterEachCallback {

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(EndToEndExtension.class);

  private static final Map<Class<?>, Function<Suite, Object>> SHARED =
      Map.of(
          Cluster.class, Suite::cluster,
          Images.class, Suite::images,
          Operator.class, Suite::operator,
          Figures.class, Suite::figures);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Shop.class || SHARED.containsKey(type);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Suite suite = suite(context);
    Class<?> type = parameter.getParameter().getType();
    return type == Shop.class ? shop(context, suite) : SHARED.get(type).apply(suite);
  }

  /** Here and not when the store is closed, since then nobody knows any more what failed. */
  @Override
  public void afterEach(ExtensionContext context) {
    Shop shop = context.getStore(STORE).get(Shop.class, Shop.class);
    Evidence evidence = new Evidence(context.getRequiredTestClass(), context.getDisplayName());
    if (shop == null) {
      context.getExecutionException().ifPresent(e -> evidence.collect(suite(context).cluster()));
      return;
    }
    boolean good = false;
    try {
      if (context.getExecutionException().isEmpty()) {
        shop.assertHonest();
        good = true;
      }
    } finally {
      if (!good) {
        evidence.collect(suite(context).cluster(), shop.namespaces());
      }
      shop.close();
    }
  }

  private static Shop shop(ExtensionContext context, Suite suite) {
    return context
        .getStore(STORE)
        .computeIfAbsent(
            Shop.class,
            key -> {
              suite.operator().ensureInstalled();
              return suite.shop();
            },
            Shop.class);
  }

  private static Suite suite(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(STORE)
        .computeIfAbsent(Start.class, key -> Start.attempt(), Start.class)
        .suite();
  }

  /** A start that failed is not tried again by every further test: it takes minutes. */
  private record Start(Suite started, RuntimeException failure) implements AutoCloseable {

    static Start attempt() {
      try {
        return new Start(Suite.start(), null);
      } catch (RuntimeException e) {
        return new Start(null, e);
      }
    }

    Suite suite() {
      if (failure != null) {
        throw new IllegalStateException("the cluster could not be prepared", failure);
      }
      return started;
    }

    @Override
    public void close() {
      if (started != null) {
        started.close();
      }
    }
  }
}

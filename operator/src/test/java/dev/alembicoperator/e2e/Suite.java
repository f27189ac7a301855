package dev.alembicoperator.e2e;

import java.util.concurrent.atomic.AtomicInteger;

/** What all tests of a run share. Maven takes the cluster down after it. */
final class Suite implements AutoCloseable {

  private final Cluster cluster = Cluster.up();
  private final Images images = new Images();
  private final Figures figures = new Figures();
  private final Operator operator = new Operator(cluster, new Helm(cluster), images);
  private final AtomicInteger shops = new AtomicInteger();

  private Suite() {}

  static Suite start() {
    return new Suite();
  }

  Cluster cluster() {
    return cluster;
  }

  Images images() {
    return images;
  }

  Operator operator() {
    return operator;
  }

  Figures figures() {
    return figures;
  }

  /** A namespace of its own for each test, of a name that no earlier run has used. */
  Shop shop() {
    return new Shop(cluster, images, "shop-%s-%d".formatted(images.run(), shops.incrementAndGet()));
  }

  @Override
  public void close() {
    figures.write();
    if (!Boolean.getBoolean("e2e.keep")) {
      operator.uninstall();
    }
    cluster.close();
  }
}

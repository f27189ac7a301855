package dev.alembicoperator.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.ResourceLockTarget;

/**
 * Tests against a real cluster, with real images and the operator as Helm installs it. Their
 * methods may ask for a {@link Shop}, which is a namespace of their own, and for the parts that all
 * tests share: {@link Cluster}, {@link Images}, {@link Operator}, {@link Figures}. A few run at a
 * time, since most of a test is waiting; one that is {@link Alone} has the cluster for itself.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(EndToEndExtension.class)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(
    value = EndToEnd.SHARED,
    mode = ResourceAccessMode.READ,
    target = ResourceLockTarget.CHILDREN)
@interface EndToEnd {

  /** The name of the lock on what tests share. */
  String SHARED = "dev.alembicoperator.e2e.shared";
}

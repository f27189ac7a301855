package dev.alembicoperator.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests against a real cluster, with real images and the operator as Helm installs it. Their
 * methods may ask for a {@link Shop}, which is a namespace of their own, and for the parts that all
 * tests share: {@link Cluster}, {@link Images}, {@link Operator}, {@link Figures}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(EndToEndExtension.class)
@interface EndToEnd {}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A duration as Kubernetes users write them, in whole numbers: {@code 5s}, {@code 1h30m}.
 *
 * <p>Text, since fabric8's generator takes {@link java.time.Duration} for a point in time.
 */
@JacksonAnnotationsInside
@Pattern(Texts.DURATION)
@Size(min = 2, max = 24)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
@interface DurationText {}

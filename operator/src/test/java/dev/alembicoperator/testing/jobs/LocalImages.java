package dev.alembicoperator.testing.jobs;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The registry: which image reference means which folder and Python environment.
 *
 * <p>As in a registry, a tag may be moved or removed while its content can still be pulled by
 * digest. Safe for use by several threads.
 */
public final class LocalImages {

  private final Map<String, LocalImage> byReference = new ConcurrentHashMap<>();
  private final Map<String, LocalImage> byDigest = new ConcurrentHashMap<>();
  private final Set<String> held = ConcurrentHashMap.newKeySet();

  /** Adds an image with a Python environment, or moves its tag. */
  public LocalImage add(String reference, Path app, Path venv) {
    return add(reference, LocalImage.of(reference, app, Optional.of(venv)));
  }

  /** Adds an image that has only the machine's own programs. */
  public LocalImage add(String reference, Path app) {
    return add(reference, LocalImage.of(reference, app, Optional.empty()));
  }

  /** Removes a tag: pods that ask for it from now on wait in {@code ErrImagePull}. */
  public void remove(String reference) {
    byReference.remove(reference);
  }

  /** Removes the content itself: nobody can have it by its digest any more. */
  public void forget(String imageId) {
    byDigest.remove(imageId);
    byReference.values().removeIf(image -> image.imageId().equals(imageId));
  }

  /**
   * Makes pulls of this reference take until it is released: pods stay in {@code
   * ContainerCreating}.
   */
  public void hold(String reference) {
    held.add(reference);
  }

  /** Lets the pulls of a held reference go on. */
  public void release(String reference) {
    held.remove(reference);
  }

  /** Asks for an image once, as a kubelet does each time it tries to start the container. */
  Pull pull(String reference) {
    Optional<ImageName> name = ImageName.parse(reference);
    if (name.isEmpty()) {
      return new Pull.Invalid();
    }
    if (held.contains(reference)) {
      return new Pull.Pulling();
    }
    Optional<LocalImage> image =
        Optional.ofNullable(byReference.get(reference))
            .or(() ->
                name.get()
                    .digest()
                    .map(digest -> byDigest.get(name.get().repository() + "@" + digest)));
    return image.<Pull>map(Pull.Pulled::new).orElseGet(Pull.NotFound::new);
  }

  private LocalImage add(String reference, LocalImage image) {
    byReference.put(reference, image);
    byDigest.put(image.imageId(), image);
    return image;
  }

  /** The answer to one try to pull. */
  sealed interface Pull {

    record Pulled(LocalImage image) implements Pull {}

    record Pulling() implements Pull {}

    record NotFound() implements Pull {}

    record Invalid() implements Pull {}
  }
}

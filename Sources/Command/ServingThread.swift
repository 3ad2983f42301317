import Glibc

/// Runs a body on a thread of its own.
final class ServingThread {
  private var thread = pthread_t()

  /// A body on its way to its thread.
  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  init(_ body: @escaping @Sendable () -> Void) throws(CommandFailure) {
    let box = Unmanaged.passRetained(Box(body))
    let result = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    if result != 0 {
      box.release()
      throw .failed("no thread for another loop: use fewer --loops")
    }
  }

  /// Waits until the body has ended.
  func join() { pthread_join(thread, nil) }
}

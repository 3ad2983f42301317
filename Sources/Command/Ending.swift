import StrataLoop
import Synchronization

/// The end of a command that runs several loops: told to all of them, from any thread.
final class Ending: Sendable {
  private let asked = Atomic(false)
  private let wakers = Mutex<[Waker]>([])

  /// The loops are to let what is under way finish, and then end.
  var isAsked: Bool { asked.load(ordering: .acquiring) }

  /// One more loop wants to be told.
  func join(_ waker: Waker) { wakers.withLock { $0.append(waker) } }

  func ask() {
    asked.store(true, ordering: .releasing)
    wakers.withLock { for waker in $0 { waker.wake() } }
  }

  /// The loops are to end at once.
  func stop() { wakers.withLock { for waker in $0 { waker.stop() } } }
}

import StrataBase
import Synchronization

/// One suspended task. It is resumed once, by whoever comes first: an event, its deadline, its
/// cancellation, or the close of its socket.
final class Waiter: @unchecked Sendable {
  enum Outcome {
    /// Try the call again.
    case ready
    case timedOut
    case cancelled
    /// Its socket was closed by another task.
    case closed
  }

  private enum State: Int {
    case empty, waiting, done
  }

  let deadline: Instant
  /// Where it stands in the deadline heap; negative: it does not. Only the owner's code touches it.
  var place = -1

  private let state = Atomic(State.empty.rawValue)
  private var continuation: UnsafeContinuation<Outcome, Never>?

  init(deadline: Instant) { self.deadline = deadline }

  /// Suspends the task. A cancellation may come from any thread, before or after.
  nonisolated(nonsending) func wait() async -> Outcome {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        self.continuation = continuation
        let (wasEmpty, _) = state.compareExchange(
          expected: State.empty.rawValue, desired: State.waiting.rawValue, ordering: .acquiringAndReleasing)
        if !wasEmpty {
          self.continuation = nil
          continuation.resume(returning: .cancelled)
        }
      }
    } onCancel: {
      if state.exchange(State.done.rawValue, ordering: .acquiringAndReleasing) == State.waiting.rawValue {
        resumeNow(.cancelled)
      }
    }
  }

  /// Resumes the task, unless that has been done.
  func resume(_ outcome: Outcome) {
    let (isMine, _) = state.compareExchange(
      expected: State.waiting.rawValue, desired: State.done.rawValue, ordering: .acquiringAndReleasing)
    if isMine { resumeNow(outcome) }
  }

  private func resumeNow(_ outcome: Outcome) {
    let continuation = continuation
    self.continuation = nil
    continuation?.resume(returning: outcome)
  }
}

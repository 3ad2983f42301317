import StrataBase
import Synchronization

/// Hands packets to the program, one batch at a time and in order, whoever's call made them.
final class Output: Sendable {
  typealias Taker = @Sendable (borrowing PacketBatch) -> Void

  private struct State {
    var taker: Taker?
    var isDelivering = false
  }
  private let state = Mutex(State())

  func setTaker(_ taker: @escaping Taker) { state.withLock { $0.taker = taker } }

  /// Delivers what waits. A call from inside of the taker, or beside it on another thread, leaves its packets
  /// to the one that delivers already.
  func deliver(_ core: borrowing Mutex<Core>) {
    while core.withLock({ $0.hasOutput }), let taker = begin() {
      var batch = PacketBatch()
      while true {
        core.withLock { $0.collect(into: &batch) }
        if batch.count == 0 { break }
        taker(batch)
      }
      state.withLock { $0.isDelivering = false }
    }
  }

  private func begin() -> Taker? {
    state.withLock { state in
      guard !state.isDelivering, let taker = state.taker else { return nil }
      state.isDelivering = true
      return taker
    }
  }
}

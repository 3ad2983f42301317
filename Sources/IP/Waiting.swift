import StrataBase
import StrataSockets
import StrataStack
import StrataTransport

extension Stack {
  /// Makes a call of a socket, and waits as long as it would block.
  func perform<R>(
    _ d: Descriptor, _ side: Core.Side, _ call: (Core) throws(SocketError) -> R
  ) async throws(SocketError) -> R {
    while true {
      let (result, seen) = turn { core in
        let seen = core.news(d, side)
        do throws(SocketError) {
          return (Result<R, SocketError>.success(try call(core)), seen)
        } catch {
          return (Result<R, SocketError>.failure(error), seen)
        }
      }
      switch result {
      case .success(let value): return value
      case .failure(.wouldBlock), .failure(.inProgress): try await wait(d, side, after: seen)
      case .failure(let error): throw error
      }
    }
  }

  private func wait(_ d: Descriptor, _ side: Core.Side, after seen: UInt64) async throws(SocketError) {
    let ticket = core.withLock { $0.newTicket() }
    let outcome = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        turn { $0.wait(Waiter(ticket: ticket, continuation: continuation), for: d, side, after: seen) }
        // A cancellation that came before the task waited found nobody.
        if Task.isCancelled { turn { $0.cancel(ticket, d, side) } }
      }
    } onCancel: {
      turn { $0.cancel(ticket, d, side) }
    }
    if case .cancelled = outcome { throw .cancelled }
  }

  /// Answers an offer and waits for the connection.
  func accept(_ offer: ConnectionOffer) async throws(SocketError) -> Descriptor {
    let ticket = core.withLock { $0.newTicket() }
    let outcome = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        turn { $0.accept(offer, Waiter(ticket: ticket, continuation: continuation)) }
        if Task.isCancelled { turn { $0.cancelAccept(offer, ticket) } }
      }
    } onCancel: {
      turn { $0.cancelAccept(offer, ticket) }
    }
    switch outcome {
    case .accepted(let d): return d
    case .failed(let error): throw error
    case .cancelled, .ready: throw .cancelled
    }
  }
}

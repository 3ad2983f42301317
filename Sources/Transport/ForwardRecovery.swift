import StrataBase

/// F-RTO (RFC 5682 §3, with SACK): after a timeout new data goes before more is sent again. If then
/// something is acknowledged that was sent only once, the timeout came too early.
enum ForwardRecovery {
  case off
  /// Step 2: the first segment was sent again; its acknowledgment is awaited.
  case waiting
  /// Step 3: new data was sent; the next acknowledgment decides.
  case probing
}

extension Connection {
  /// Step 3, b: "If the acknowledgment acknowledges data that was not retransmitted ..., declare the timeout
  /// spurious". What SACK covered before does not count: the scoreboard does not give it again.
  func provesTimeoutSpurious(_ delivery: Delivery, _ outgoing: borrowing Outgoing) -> Bool {
    guard outgoing.forward != .off, let first = delivery.lowestSingleStart else { return false }
    return first <= outgoing.recoveryPoint
  }

  /// What an acknowledgment that proved nothing means. `count`: how far SND.UNA moved.
  mutating func stepForward(_ count: Int) {
    guard let outgoing, outgoing.pointee.forward != .off else { return }
    if outgoing.pointee.repair == .timeout, outgoing.pointee.forward == .waiting {
      if count == 0 { return }
      // Step 2, b: "If the TCP sender is not able to transmit any previously unsent data ... the recommended
      // action is to refrain from entering step 3 of this algorithm."
      outgoing.pointee.forward = freshCount(outgoing.pointee) > 0 ? .probing : .off
    } else {
      // Step 3, a: "proceed with the conventional RTO recovery".
      outgoing.pointee.forward = .off
    }
  }
}

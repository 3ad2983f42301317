import StrataBase
import StrataService

/// One connection through `strata between`, from the client outside to the server outside: what was
/// delivered of it, the faults that wait for it, and how it ended.
final class BetweenConnection: CustomStringConvertible {
  enum Ending: Equatable {
    /// Both directions came to their end.
    case closed
    case resetByClient, resetByServer
    case refused
    /// TCP on the cable gave it up.
    case lost
    case cut, reset
  }

  /// A fault that is still to come, at its byte.
  struct Planned {
    let offset: UInt64
    let action: StreamFault.Action
  }

  /// What came out of the cable in one direction.
  struct Passage {
    var delivered: UInt64 = 0
    /// By offset.
    var plan: [Planned] = []
    /// What waits for the end of a hold.
    var held: [[UInt8]] = []
    var heldUntil: Instant?
    var hasEnded = false
  }

  /// From 1, in the order in which clients came.
  let number: UInt32
  let began: Instant
  /// Its names with the outside: at the client's side, and at the server's once it got there.
  let nearFlow: UInt32
  var farFlow: UInt32?
  var up = Passage()
  var down = Passage()
  var ended: Instant?
  var ending: Ending?
  /// Which ends of a severed connection have gone.
  var isNearGone = false
  var isFarGone = false

  init(number: UInt32, flow: UInt32, began: Instant, faults: [StreamFault], seed: UInt64) {
    self.number = number
    self.began = began
    nearFlow = flow
    for (index, fault) in faults.enumerated() {
      guard let offset = fault.offset(on: number, seed: seed, number: index) else { continue }
      self[fault.direction].plan.append(Planned(offset: offset, action: fault.action))
    }
    for direction in [StreamFault.Direction.up, .down] { self[direction].plan.sort { $0.offset < $1.offset } }
  }

  subscript(direction: StreamFault.Direction) -> Passage {
    _read { yield direction == .up ? up : down }
    _modify { if direction == .up { yield &up } else { yield &down } }
  }

  /// A fault has ended it: nothing passes any more.
  var isSevered: Bool { ending == .cut || ending == .reset }

  func end(_ ending: Ending, at now: Instant) {
    if self.ending == nil { self.ending = ending }
    if ended == nil { ended = now }
  }

  var description: String {
    let span = ended.map { " in \($0 - began)" } ?? ""
    return "connection \(number): \(up.delivered) B up, \(down.delivered) B down\(span), "
      + (ending?.description ?? "still open")
  }
}

extension BetweenConnection.Ending: CustomStringConvertible {
  var description: String {
    switch self {
    case .closed: "closed by both"
    case .resetByClient: "reset by the client"
    case .resetByServer: "reset by the server"
    case .refused: "refused by the server"
    case .lost: "given up by TCP on the cable"
    case .cut: "cut by a fault"
    case .reset: "reset by a fault"
    }
  }
}

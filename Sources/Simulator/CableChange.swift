import StrataBase
import StrataLink

/// Some of a cable's settings, in the order in which they were named.
struct CableChange: Sendable {
  enum Setting: Sendable {
    case delay(Interval)
    case jitter(Interval)
    case loss(Double)
    case reorder(Double)
    case duplicate(Double)
    case corrupt(Double)
    case rate(UInt64)
    case queue(Int)
    case mtu(Int)
  }

  var settings: [Setting] = []

  func apply(_ cable: inout CableSettings) {
    for setting in settings {
      switch setting {
      case .delay(let interval): cable.delay = interval
      case .jitter(let interval): cable.jitter = interval
      case .loss(let share): cable.loss = share
      case .reorder(let share): cable.reorder = share
      case .duplicate(let share): cable.duplicate = share
      case .corrupt(let share): cable.corrupt = share
      case .rate(let bits): cable.rate = bits
      case .queue(let frames): cable.queue = frames
      case .mtu(let bytes): cable.mtu = bytes
      }
    }
  }
}

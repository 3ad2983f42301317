import StrataBase
import StrataWire

/// An IPv6 address of an interface, from the first question whether it is free to its end (RFC 4862 §2).
public struct InterfaceAddress: Equatable, Sendable {
  public enum State: UInt8, Sendable {
    /// It is being asked whether somebody has it. It is not used yet.
    case tentative
    case preferred
    /// Still valid, but nothing new begins with it (RFC 4862 §5.5.4).
    case deprecated
    /// Somebody else has it; it is not used.
    case duplicated
  }

  public let prefix: AddressPrefix
  /// It was made of what a router advertised.
  public let isAutomatic: Bool
  public internal(set) var state: State
  /// When it becomes deprecated, and when it ends.
  public internal(set) var preferredUntil = Instant.never
  public internal(set) var validUntil = Instant.never
  /// Questions that are still to be sent, and when the next one goes or the last one holds.
  var probesLeft: Int
  var nextProbe = Instant.start
  /// How often another identifier was tried because somebody had the address (RFC 7217 §5).
  var attempt = 0

  public var address: Address { prefix.address }
  /// Packets may be sent from it and to it.
  public var isUsable: Bool { state == .preferred || state == .deprecated }

  init(_ prefix: AddressPrefix, isAutomatic: Bool, probes: Int) {
    self.prefix = prefix
    self.isAutomatic = isAutomatic
    probesLeft = probes
    state = probes > 0 ? .tentative : .preferred
  }

  /// When to look at it next.
  var deadline: Instant {
    switch state {
    case .tentative: min(nextProbe, validUntil)
    case .preferred: min(preferredUntil, validUntil)
    case .deprecated, .duplicated: validUntil
    }
  }
}

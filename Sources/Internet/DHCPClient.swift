import StrataBase
import StrataWire

/// A host that asks for its address (RFC 2131 §4.4), as a machine: messages and instants in, messages
/// and changes out. It has no socket; `DHCPProgram` gives it one.
///
/// ```swift
/// var client = DHCPClient(hardware: mine, random: Random(seed: 1), at: now)
/// if let message = client.nextMessage(into: &bytes) { send(bytes[..<message.count], to: message.to) }
/// client.receive(answer, at: now)
/// if client.state == .bound, let lease = client.lease { configure(lease) }
/// ```
public struct DHCPClient: Sendable {
  public enum State: Hashable, Sendable {
    /// INIT and SELECTING: every server is asked.
    case selecting
    /// REQUESTING: one server's offer was taken up.
    case requesting
    case bound
    /// The server of the lease is asked for more time.
    case renewing
    /// Every server is asked for more time.
    case rebinding
  }

  public private(set) var state = State.selecting
  /// What holds now; nil before the first and after the last moment of a lease.
  public private(set) var lease: DHCPLease?
  /// When to call `expire`.
  public private(set) var nextDeadline: Instant
  private let hardware: HardwareAddress
  private var random: Random
  private var transaction: UInt32 = 0
  private var offer: DHCPLease?
  private var tries = 0
  private var began: Instant
  private var isMessageDue = true

  /// Requests that are made of one offer before others are asked for.
  static var mostRequests: Int { 4 }

  public init(hardware: HardwareAddress, random: Random, at now: Instant) {
    self.hardware = hardware
    self.random = random
    began = now
    nextDeadline = now
    begin(at: now)
  }

  private mutating func begin(at now: Instant) {
    state = .selecting
    offer = nil
    tries = 0
    began = now
    transaction = UInt32(truncatingIfNeeded: random.next())
    ask(at: now)
  }

  /// RFC 2131 §4.1: the first answer may take 4 seconds, each further one twice as long, up to 64, all of
  /// them randomly a second more or less.
  private mutating func ask(at now: Instant) {
    isMessageDue = true
    let base = Int64(4 << min(tries, 4)) * 1_000
    tries += 1
    nextDeadline = now + .milliseconds(base - 1_000 + Int64(random.below(2_001)))
  }

  // MARK: What comes

  /// Takes what came to the client's port. What is not an answer to this client is ignored.
  public mutating func receive(_ bytes: RawSpan, at now: Instant) {
    guard let message = try? DHCPView(bytes), message.isReply, message.transaction == transaction,
      message.hardware == hardware
    else { return }
    switch message.type {
    case .offer where state == .selecting:
      guard let offer = DHCPLease(message, at: now) else { return }
      self.offer = offer
      state = .requesting
      tries = 0
      ask(at: now)
    case .acknowledgment where state != .selecting && state != .bound:
      guard let granted = DHCPLease(message, at: now) else { return }
      lease = granted
      offer = nil
      state = .bound
      nextDeadline = granted.renewAt
    case .refusal where state != .selecting && state != .bound:
      // RFC 2131 §3.1, 5: "If the client receives a DHCPNAK message, the client restarts the
      // configuration process."
      lease = nil
      begin(at: now)
    default: return
    }
  }

  // MARK: Time

  /// Asks again, or goes on to the next state.
  public mutating func expire(at now: Instant) {
    guard nextDeadline <= now else { return }
    if let lease, now >= lease.endsAt {
      // RFC 2131 §4.4.5: "the client MUST immediately stop any other network processing".
      self.lease = nil
      return begin(at: now)
    }
    switch state {
    case .selecting: ask(at: now)
    case .requesting where tries < Self.mostRequests: ask(at: now)
    case .requesting: begin(at: now)
    case .bound, .renewing, .rebinding: extend(at: now)
    }
  }

  /// RFC 2131 §4.4.5: in RENEWING and REBINDING the client waits "one-half of the remaining time" until T2
  /// and the end, "down to a minimum of 60 seconds".
  private mutating func extend(at now: Instant) {
    guard let lease else { return begin(at: now) }
    if state == .bound {
      began = now
      transaction = UInt32(truncatingIfNeeded: random.next())
    }
    state = now >= lease.rebindAt ? .rebinding : .renewing
    let limit = state == .renewing ? lease.rebindAt : lease.endsAt
    let half = Interval.nanoseconds(max((limit - now).nanoseconds / 2, 60_000_000_000))
    nextDeadline = min(now + half, limit)
    isMessageDue = true
  }

  // MARK: What goes

  /// Writes the message that is due, and says where it goes, from port 68 to port 67; nil: none is.
  /// `out` has `DHCPHeader.smallestLimit` bytes.
  public mutating func nextMessage(into out: inout MutableRawSpan) -> (count: Int, to: Address)? {
    guard isMessageDue else { return nil }
    isMessageDue = false
    let hasAddress = state == .renewing || state == .rebinding
    let seconds = UInt16(clamping: (nextDeadline - began).nanoseconds / 1_000_000_000)
    DHCPHeader.emit(
      &out, at: 0, isReply: false, transaction: transaction, seconds: tries > 1 ? seconds : 0,
      wantsBroadcast: !hasAddress, client: hasAddress ? lease?.address.address ?? .anyV4 : .anyV4,
      hardware: hardware)
    var at = DHCPHeader.count
    let type: DHCPMessageType = state == .selecting ? .discover : .request
    Self.append([DHCPOption.messageType.rawValue, 1, type.rawValue], to: &out, at: &at)
    if state == .requesting, let offer {
      Self.append(.requestedAddress, offer.address.address, to: &out, at: &at)
      Self.append(.server, offer.server, to: &out, at: &at)
    }
    let wanted: [DHCPOption] = [
      .subnetMask, .classlessRoutes, .router, .nameServers, .domainName, .renewalTime, .rebindingTime,
    ]
    Self.append(
      [DHCPOption.parameters.rawValue, UInt8(wanted.count)] + wanted.map(\.rawValue), to: &out, at: &at)
    Self.append([DHCPOption.end.rawValue], to: &out, at: &at)
    let destination = state == .renewing ? lease?.server ?? .broadcastV4 : .broadcastV4
    return (at, destination)
  }

  private static func append(_ bytes: [UInt8], to out: inout MutableRawSpan, at: inout Int) {
    out.set(bytes.span.bytes, at: at)
    at += bytes.count
  }
  private static func append(
    _ option: DHCPOption, _ address: Address, to out: inout MutableRawSpan, at: inout Int
  ) {
    append([option.rawValue, 4], to: &out, at: &at)
    out.setNative32(address.v4Native, at: at)
    at += 4
  }
}

// Stands in for what other authors bring: Link, Internet and the connection machine.
import StrataBase
import StrataWire

public struct LinkCapabilities: Equatable, Sendable {
  public var mtu = 1_500
  public var largestSegment = 1_460
  public var offloadsChecksum = false
}
public struct Packet: ~Copyable {
  public var frame: Frame
  public let source, destination: Address
  public let `protocol`: IPProtocol
  public let timeToLive: UInt8
  public consuming func takeFrame() -> Frame { frame }
}
public struct ControlError {
  public enum Kind: Equatable {
    case portUnreachable, hostUnreachable, networkUnreachable, protocolUnreachable
    case fragmentationNeeded(mtu: Int)
    case timeExceeded
  }
  public var kind: Kind
  public var `protocol`: IPProtocol
  public var source, destination: Address
  public var transport: UInt64
}
public struct Path: Sendable {
  public var interface = 0
  public var source = Address.any
  public var mtu = 1_500
}
public struct Internet: ~Copyable {
  public var outgoingRoom = 0
  public func path(to destination: Address, from source: Address? = nil) -> Path? { nil }
  public mutating func send(
    _ frame: consuming Frame, on path: inout Path, to destination: Address, protocol: IPProtocol, at now: Instant
  ) {}
  public func capabilities(of interface: Int) -> LinkCapabilities { LinkCapabilities() }
  public mutating func sendUnreachable(port: Bool, for packet: consuming Packet, at now: Instant) {}
}
public struct ConnectionName: Hashable, Sendable {
  public var local, remote: SocketName
  public init(local: SocketName, remote: SocketName) {
    self.local = local
    self.remote = remote
  }
}
public struct TCPSettings: Sendable {
  public var receiveBuffer = 262_144
  public var timeWait = Interval.seconds(60)
  public var sack = true
  public var timestamps = true
  public var windowScale = true
  public init() {}
}
struct Agreement {
  var ours, theirs: SequenceNumber
  var segmentSize: Int
  var sendShift: UInt8?
  var receiveShift: UInt8
  var sack: Bool
  var timestamps: (offset: UInt32, recent: UInt32)?
  var window: Int
  var roundTrip: Interval?
}
public struct Readiness: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let readable = Readiness(rawValue: 1)
  public static let writable = Readiness(rawValue: 2)
  public static let peerClosed = Readiness(rawValue: 4)
  public static let failed = Readiness(rawValue: 8)
}
public struct Disposition: OptionSet {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let transmit = Disposition(rawValue: 1)
  public static let readinessRose = Disposition(rawValue: 2)
  public static let closed = Disposition(rawValue: 4)
  public static let timeWait = Disposition(rawValue: 8)
  public static let reset = Disposition(rawValue: 16)
}
public enum TCPState { case closed, established }
public enum TCPFailure { case refused }
public struct TCPInfo {}
public struct Connection: ~Copyable {
  public var name: ConnectionName
  public var readiness: Readiness { [] }
  public var failure: TCPFailure? { nil }
  public var unsentAndUnacknowledged: Int { 0 }
  public var hasOutput: Bool { false }
  public var nextDeadline: Instant { .never }
  public var state: TCPState { .closed }
  public var info: TCPInfo { TCPInfo() }
  init(
    active name: ConnectionName, slot: UInt32, owner: UInt64, settings: TCPSettings, link: LinkCapabilities,
    initialSequence: SequenceNumber, timestampOffset: UInt32, at now: Instant, trace: Trace
  ) { self.name = name }
  init(
    passive name: ConnectionName, slot: UInt32, owner: UInt64, settings: TCPSettings, link: LinkCapabilities,
    agreement: Agreement, at now: Instant, trace: Trace
  ) { self.name = name }
  mutating func receive(_ frame: consuming Frame, at now: Instant) -> Disposition { [] }
  mutating func emit(into frame: inout Frame, at now: Instant) -> Bool { false }
  mutating func expire(at now: Instant) -> Disposition { [] }
  public mutating func fill(_ body: (inout MutableRawSpan) -> Int) -> Int { 0 }
  public mutating func write(_ bytes: RawSpan) -> Int { 0 }
  public mutating func drain(_ body: (RawSpan) -> Int) -> Int { 0 }
  public mutating func read(into target: inout MutableRawSpan) -> Int { 0 }
  public mutating func closeWrite(at now: Instant) {}
  mutating func close(at now: Instant) -> Disposition { [] }
  mutating func abort() {}
  mutating func unreachable(_ error: ControlError, at now: Instant) {}
}

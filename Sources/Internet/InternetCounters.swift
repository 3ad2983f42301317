/// What a host's Internet layer did.
public struct InternetCounters: Sendable {
  /// Frames that came in.
  public internal(set) var received: UInt64 = 0
  /// Packets handed to the transports.
  public internal(set) var delivered: UInt64 = 0
  /// Frames that went into `outgoing`.
  public internal(set) var sent: UInt64 = 0
  public internal(set) var echoesAnswered: UInt64 = 0
  public internal(set) var errorsSent: UInt64 = 0
  public internal(set) var errorsReceived: UInt64 = 0
  public internal(set) var neighboursAsked: UInt64 = 0
  public internal(set) var neighboursAnswered: UInt64 = 0
  /// Packets that were put together, pieces that were sent, and packets passed on for others.
  public internal(set) var reassembled: UInt64 = 0
  public internal(set) var fragmentsSent: UInt64 = 0
  public internal(set) var forwarded: UInt64 = 0
  public internal(set) var membershipReports: UInt64 = 0
  /// Announcements of our IPv4 address against another who has it.
  public internal(set) var addressesDefended: UInt64 = 0
  /// Questions whether an IPv6 address of ours is free, and addresses that were not.
  public internal(set) var addressesProbed: UInt64 = 0
  public internal(set) var addressesDuplicated: UInt64 = 0
  /// Advertisements of this router, and redirects that it sent and that this host took.
  public internal(set) var advertisementsSent: UInt64 = 0
  public internal(set) var redirectsSent: UInt64 = 0
  public internal(set) var redirectsTaken: UInt64 = 0
  /// One counter a reason, at its raw value.
  private var drops: [64 of UInt64] = .init(repeating: 0)

  public init() {}

  /// Frames and packets dropped for this reason.
  public internal(set) subscript(_ reason: PacketDrop) -> UInt64 {
    get { drops[Int(reason.rawValue)] }
    set { drops[Int(reason.rawValue)] = newValue }
  }
  /// Frames and packets dropped for any reason.
  public var dropped: UInt64 { PacketDrop.allCases.reduce(0) { $0 + self[$1] } }
}

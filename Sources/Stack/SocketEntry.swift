import StrataBase
import StrataTransport

/// What a socket table remembers of one descriptor, beside what Transport knows of the socket.
struct SocketEntry {
  enum Kind: UInt8 {
    /// The descriptor names nothing.
    case free
    /// A stream that neither listens nor connects yet.
    case fresh
    case listener, connection, datagrams
  }

  /// Small truths about a socket.
  struct Marks: OptionSet {
    let rawValue: UInt16
    /// The failure of its connection was told to the caller.
    static var errorIsTaken: Marks { Marks(rawValue: 1) }
    /// `shutdown` ended the reading side: behind what has come is the end.
    static var readsNoMore: Marks { Marks(rawValue: 2) }
    /// The owner has not been told that it is writable since it found that it was not.
    static var isWriteBlocked: Marks { Marks(rawValue: 4) }
    /// A body of `drain` looks at its bytes.
    static var isDrained: Marks { Marks(rawValue: 8) }
    /// A body of `fill` writes into its buffer.
    static var isFilled: Marks { Marks(rawValue: 16) }
    /// It was closed by a body that still works on it.
    static var closes: Marks { Marks(rawValue: 32) }
    static var aborts: Marks { Marks(rawValue: 64) }
    /// A datagram did not go for want of room.
    static var waitsForRoom: Marks { Marks(rawValue: 128) }
    /// Connections wait that could not be accepted for want of descriptors.
    static var isStarved: Marks { Marks(rawValue: 256) }
    /// Bound to `::` it leaves IPv4 alone.
    static var v6Only: Marks { Marks(rawValue: 512) }
    /// Other streams that allow it too may be bound to its name; and it was bound that way.
    static var sharesName: Marks { Marks(rawValue: 1_024) }
    static var isShared: Marks { Marks(rawValue: 2_048) }
    /// Of a socket for datagrams: it sends echo requests instead.
    static var isEcho: Marks { Marks(rawValue: 4_096) }
  }

  var kind = Kind.free
  /// What its event that waits says; empty: none waits.
  var announced = Readiness()
  /// What was told and cannot change any more: the peer's end, a failure.
  var told = Readiness()
  /// Tells it from an older socket with the same descriptor.
  var serial: UInt16 = 0
  var marks: Marks = []
  /// Its neighbours in the queue of events, by number; -1: none.
  var next: Int32 = -1
  var previous: Int32 = -1
  /// Transport's name for it, where it listens, is connected, or is a bound socket for datagrams.
  var handle: Handle?
  /// The name that `bind` reserved for a stream.
  var bound: SocketName?
  /// Nil: the host's.
  var settings: TCPSettings?

  /// A body works on it, so it has to stay.
  var isLent: Bool { !marks.isDisjoint(with: [.isDrained, .isFilled]) }
}

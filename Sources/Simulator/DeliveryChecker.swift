import StrataBase
import StrataStack
import StrataTransport

/// Checks that every byte a program reads is the byte that its peer wrote there: none lost, none twice,
/// none changed, none out of order. It keeps what is under way, so use it in tests.
public final class DeliveryChecker: Checker, SocketObserver {
  /// One direction of one connection, named as its sender names it.
  private struct Direction {
    var written: UInt64 = 0
    var read: UInt64 = 0
    var underWay: [UInt8] = []
    /// How many bytes at the front of `underWay` were read already.
    var used = 0
  }

  private var directions: [ConnectionName: Direction] = [:]
  private var failure: CheckFailure?
  /// Bytes that were read and found right, over all connections.
  public private(set) var checked: UInt64 = 0

  public init() {}

  /// Watches all hosts of a world. Call it before their programs start.
  public func watch(_ world: World) {
    world.observers.append(self)
    for host in world.hosts { host.observer = self }
  }

  public func opened(_ name: ConnectionName) { directions[name] = Direction() }

  public func wrote(_ bytes: RawSpan, on name: ConnectionName) {
    bytes.withUnsafeBytes { directions[name, default: Direction()].underWay.append(contentsOf: $0) }
    directions[name]!.written += UInt64(bytes.byteCount)
  }

  public func read(_ bytes: RawSpan, on name: ConnectionName) {
    var direction = directions[name.reversed] ?? Direction()
    let count = bytes.byteCount
    let isEqual =
      direction.underWay.count - direction.used >= count
      && DeliveryChecker.areEqual(
        bytes, direction.underWay.span.bytes.extracting(direction.used..<(direction.used + count)))
    if !isEqual, failure == nil {
      failure = CheckFailure(
        "\(name): \(count) bytes read from offset \(direction.read) are not those that were written there")
    }
    direction.read += UInt64(count)
    direction.used = min(direction.used + count, direction.underWay.count)
    if direction.used > 1 << 20 {
      direction.underWay.removeFirst(direction.used)
      direction.used = 0
    }
    checked += UInt64(count)
    directions[name.reversed] = direction
  }

  /// Bytes that were written and not read, over all connections.
  public var unread: Int { directions.values.reduce(0) { $0 + $1.underWay.count - $1.used } }

  /// By words: simulations in debug builds spend much of their time here.
  private static func areEqual(_ a: RawSpan, _ b: RawSpan) -> Bool {
    var at = 0
    while at + 8 <= a.byteCount {
      if a.native64(at: at) != b.native64(at: at) { return false }
      at += 8
    }
    while at < a.byteCount {
      if a.byte(at: at) != b.byte(at: at) { return false }
      at += 1
    }
    return true
  }

  public func verdict() throws { if let failure { throw failure } }
}

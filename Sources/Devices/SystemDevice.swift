import CDevices
import Glibc
import StrataBase
import StrataInternet
import StrataLink
import StrataWire

/// A device of the operating system: a TAP, a TUN or a packet socket. Each call moves one frame by one
/// system call, up to 64 KiB where the device has offloads, and never waits.
///
/// ```swift
/// var device = try SystemDevice.tap("tap0", pool: pool)
/// while let frame = device.receive(at: now) { ... }
/// device.send(frame, at: now)
/// ```
///
/// What the kernel does not take for want of room is kept, and `isBlocked` until `retry` was able to send
/// it: until then nothing may be sent.
public struct SystemDevice: Device, ~Copyable {
  public enum Kind: Sendable {
    case tap
    case tun
    case packetSocket
  }

  public let kind: Kind
  /// To wait for.
  public let descriptor: Int32
  public var link: KernelLink
  public let capabilities: LinkCapabilities
  /// The link was made with the device: nobody but the kernel can be on it.
  public internal(set) var isNew = false
  public private(set) var counters = DeviceCounters()
  /// All that had arrived was taken. It is worth waiting for more.
  public private(set) var isDrained = false
  /// Why the device is of no use any more; nil while it is.
  public private(set) var failure: DeviceError?

  private let pool: FramePool
  /// Bytes of the virtio header in front of each frame.
  private let headerCount: Int
  /// Frames may be longer than a standard buffer.
  private let takesLong: Bool
  /// Buffers to read into. What is longer than the small one goes on behind its place in the large one,
  /// which lies the same: a frame takes a large buffer only where it needs one.
  private var small: Frame?
  private var large: Frame?
  /// What is left of a frame of many datagrams.
  private var pieces: SuperDatagram?
  private let vectors: UnsafeMutablePointer<iovec>
  /// What the kernel had no room for.
  private var held: Frame?

  /// Room for the headers of a usual frame, so that its payload begins on a cache line: Ethernet 14, IPv4
  /// 20, TCP with timestamps 32.
  private static var headers: Int { 66 }
  /// The longest packet that goes into a standard buffer with its headers.
  private static var mostStandard: Int { 1_500 }

  init(_ kind: Kind, descriptor: Int32, link: KernelLink, offloads: Bool, pool: FramePool) {
    self.kind = kind
    self.descriptor = descriptor
    self.link = link
    self.pool = pool
    capabilities = LinkCapabilities(
      mtu: link.mtu, largestSegment: offloads ? LinkCapabilities.superSegment : nil,
      offloadsChecksum: offloads)
    // A packet socket sees frames whose sum the kernel has not made, as veth carries them: only the header
    // tells them from damaged ones.
    headerCount = offloads || kind == .packetSocket ? VirtioHeader.count : 0
    // A card may put frames together before a packet socket sees them, whatever we ask for.
    takesLong = offloads || kind == .packetSocket || link.mtu > Self.mostStandard
    vectors = .allocate(capacity: 2)
    vectors.initialize(repeating: iovec(), count: 2)
  }

  deinit {
    Glibc.close(descriptor)
    vectors.deallocate()
  }

  // MARK: Receiving

  public mutating func receive(at now: Instant) -> Frame? {
    while true {
      if pieces != nil, let piece = nextPiece() { return piece }
      guard var frame = takesLong ? readLong() : readShort() else { return nil }
      counters.received &+= 1
      counters.receivedBytes &+= UInt64(frame.count &- headerCount)
      if headerCount > 0 {
        guard let header = VirtioHeader(frame.bytes) else {
          counters.unknownKind &+= 1
          continue
        }
        frame.dropFirst(headerCount)
        if header.kind == .udp {
          pieces = SuperDatagram(frame, segmentSize: header.segmentSize, hasEthernet: kind != .tun)
          continue
        }
        frame.notes.checksumIsVerified = header.needsChecksum || header.isVerified
        frame.notes.checksumIsPending = header.needsChecksum
        frame.notes.segmentSize = header.segmentSize
      }
      return consume frame
    }
  }

  @inline(never) private mutating func nextPiece() -> Frame? {
    if let piece = pieces?.next(from: pool) { return piece }
    pieces = nil
    return nil
  }

  @inline(__always) private mutating func readShort() -> Frame? {
    guard let frame = small.take() ?? spare(large: false) else { return nil }
    let count = Glibc.read(descriptor, frame.start, frame.count)
    return filled(frame, count)
  }

  @inline(__always) private mutating func readLong() -> Frame? {
    guard let frame = small.take() ?? spare(large: false) else { return nil }
    guard var longer = large.take() ?? spare(large: true) else {
      small = consume frame
      return nil
    }
    let first = frame.count
    vectors[0] = iovec(iov_base: frame.start, iov_len: first)
    vectors[1] = iovec(iov_base: longer.start + first, iov_len: longer.count &- first)
    let count = readv(descriptor, vectors, 2)
    if count > first {
      longer.start.copyMemory(from: frame.start, byteCount: first)
      longer.truncate(to: count)
      small = consume frame
      return consume longer
    }
    large = consume longer
    return filled(frame, count)
  }

  /// A small buffer with what was read into it; where that is nothing it is kept for the next time.
  @inline(__always) private mutating func filled(_ frame: consuming Frame, _ count: Int) -> Frame? {
    guard count > headerCount else {
      small = consume frame
      noteEmpty(count)
      return nil
    }
    frame.truncate(to: count)
    return frame
  }

  /// A buffer that is all room.
  @inline(__always) private mutating func spare(large isLarge: Bool) -> Frame? {
    guard var frame = pool.take(large: isLarge) else {
      counters.noBuffers &+= 1
      isDrained = false
      return nil
    }
    frame.prepend(Self.headers + headerCount)
    frame.append(frame.roomBehind)
    return consume frame
  }

  @inline(never) private mutating func noteEmpty(_ count: Int) {
    isDrained = true
    if count < 0 { noteError(errno) }
  }

  private mutating func noteError(_ number: Int32) {
    switch number {
    case EAGAIN, EINTR, ENOBUFS, EINVAL, EMSGSIZE: break
    // What a TAP says while its link is down, or gone.
    case EIO, ENETDOWN, EFAULT, EBADFD, ENXIO: failure = .down(link.name)
    default: failure = .system(number, link.name)
    }
  }

  /// Gives its buffers back to the pool.
  mutating func releaseBuffers() {
    small = nil
    large = nil
    held = nil
    pieces = nil
  }

  /// Something has arrived: the descriptor was announced as readable.
  public mutating func noteReadable() { isDrained = false }

  // MARK: Sending

  public var isBlocked: Bool { held != nil }

  public mutating func send(_ frame: consuming Frame, at now: Instant) {
    if headerCount > 0 {
      guard frame.roomInFront >= headerCount else {
        counters.refused &+= 1
        return
      }
      let header = VirtioHeader(for: frame, hasEthernet: kind != .tun)
      frame.prepend(headerCount)
      var out = frame.mutableBytes
      header.emit(&out)
    }
    write(frame)
  }

  /// Sends what was kept for want of room.
  public mutating func retry() {
    if let frame = held.take() { write(frame) }
  }

  @inline(__always) private mutating func write(_ frame: consuming Frame) {
    let count = Glibc.write(descriptor, frame.start, frame.count)
    if count < 0 { return noteUnsent(frame, errno) }
    counters.sent &+= 1
    counters.sentBytes &+= UInt64(frame.count &- headerCount)
  }

  @inline(never) private mutating func noteUnsent(_ frame: consuming Frame, _ number: Int32) {
    if number == EAGAIN || number == EINTR {
      held = consume frame
    } else {
      counters.refused &+= 1
      noteError(number)
    }
  }
}

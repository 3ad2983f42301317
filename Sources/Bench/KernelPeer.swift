import CDevices
import Glibc
import StrataBase
import StrataSockets
import Synchronization

/// A program on the kernel's own sockets, on a thread of its own: the other end of what is measured. It
/// touches every byte, and lets the kernel control congestion by CUBIC.
final class KernelPeer: Sendable {
  enum Work: Sendable {
    /// Writes until it is stopped.
    case send
    /// Reads until it is stopped.
    case receive
    /// One byte there and one back, again and again.
    case pingPong
    /// Connects, sends one byte, waits for it and for the end, closes; again and again, so many at a time.
    case connect(atATime: Int)
  }

  private let state: State
  private let thread: pthread_t

  /// What both threads see.
  final class State: Sendable {
    let isStopped = Atomic(false)
    let isFailed = Atomic(false)
    /// Bytes, rounds or connections.
    let count = Atomic(0)
    let work: Work
    let name: (address: UInt32, port: UInt16)
    init(_ work: Work, _ name: SocketAddress) {
      self.work = work
      self.name = (name.address.v4Native, name.port)
    }
  }

  /// Begins at once, in this process's namespace.
  init(_ work: Work, to name: SocketAddress) {
    state = State(work, name)
    var thread = pthread_t()
    let box = Unmanaged.passRetained(state)
    pthread_create(
      &thread, nil,
      { argument in
        let state = Unmanaged<State>.fromOpaque(argument!).takeRetainedValue()
        KernelPeer.run(state)
        return nil
      }, box.toOpaque())
    self.thread = thread
  }

  var count: Int { state.count.load(ordering: .relaxed) }
  var isFailed: Bool { state.isFailed.load(ordering: .relaxed) }

  /// It ends with what it does now; that takes somebody who answers.
  func halt() { state.isStopped.store(true, ordering: .relaxed) }
  func join() { pthread_join(thread, nil) }

  // MARK: Its thread

  private static func run(_ state: State) {
    let isWell =
      switch state.work {
      case .send: stream(state, sends: true)
      case .receive: stream(state, sends: false)
      case .pingPong: pingPong(state)
      case .connect(let atATime): connect(state, atATime: atATime)
      }
    if !isWell { state.isFailed.store(true, ordering: .relaxed) }
  }

  private static func connected(_ state: State) -> Int32? {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    strata_use_cubic(fd)
    var on: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    // Nobody waits for ever for a peer that fails.
    var patience = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = state.name.address
    name.sin_port = state.name.port.bigEndian
    let result = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return fd }
    close(fd)
    return nil
  }

  private static func stream(_ state: State, sends: Bool) -> Bool {
    guard let fd = connected(state) else { return false }
    defer { close(fd) }
    var bytes = [UInt8](repeating: 7, count: 65_536)
    var sum: UInt64 = 0
    while !state.isStopped.load(ordering: .relaxed) {
      let count: Int
      if sends {
        bytes[Int(sum & 0xffff)] &+= 1
        sum &+= 1
        count = write(fd, bytes, bytes.count)
      } else {
        count = read(fd, &bytes, bytes.count)
        sum &+= Checksum.sum(bytes.span.bytes)
      }
      if count <= 0 { return state.isStopped.load(ordering: .relaxed) }
      state.count.add(count, ordering: .relaxed)
    }
    return true
  }

  private static func pingPong(_ state: State) -> Bool {
    guard let fd = connected(state) else { return false }
    defer { close(fd) }
    var byte: UInt8 = 1
    while !state.isStopped.load(ordering: .relaxed) {
      guard write(fd, &byte, 1) == 1, read(fd, &byte, 1) == 1 else { return false }
      state.count.add(1, ordering: .relaxed)
    }
    return true
  }

  private static func connect(_ state: State, atATime: Int) -> Bool {
    var byte: UInt8 = 1
    while !state.isStopped.load(ordering: .relaxed) {
      var open: [Int32] = []
      defer { for fd in open { close(fd) } }
      for _ in 0..<atATime {
        guard let fd = connected(state), write(fd, &byte, 1) == 1 else { return false }
        open.append(fd)
      }
      for fd in open {
        guard read(fd, &byte, 1) == 1, read(fd, &byte, 1) == 0 else { return false }
        state.count.add(1, ordering: .relaxed)
      }
    }
    return true
  }
}

import Glibc
import StrataBSD
import StrataBase

/// What a `strata *` points to: a stack, its descriptors, and the lock that every call takes. A call that
/// has to wait lets go of the lock until some other call has moved the stack.
final class SharedStack {
  /// The first descriptor: 0, 1 and 2 are a program's own.
  static let firstDescriptor = 3

  let host: PacketHost
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let moved = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var sockets: [BSDSocket?] = []
  /// FD_CLOEXEC of each, which nothing here acts on.
  private var descriptorFlags: [Int32] = []
  /// When calls that wait stop waiting, each under a number of its own.
  private var waits: [Int: Instant] = [:]
  private var nextWait = 0
  /// Calls that are inside, and whether the stack is being freed.
  private var callers = 0
  private var isEnding = false

  init?(mtu: Int, seed: UInt64) {
    guard let host = PacketHost(mtu: mtu, seed: seed) else { return nil }
    self.host = host
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(moved, nil)
  }

  deinit {
    pthread_cond_destroy(moved)
    pthread_mutex_destroy(mutex)
    moved.deallocate()
    mutex.deallocate()
  }

  // MARK: The lock

  /// Makes one call of the stack, lets the host do what it made necessary, and tells who waits.
  func locked<R>(_ body: () throws(ErrorNumber) -> R) throws(ErrorNumber) -> R {
    pthread_mutex_lock(mutex)
    callers += 1
    defer {
      // A call that failed may have begun something all the same: EINPROGRESS.
      if !isEnding { host.work() }
      callers -= 1
      pthread_cond_broadcast(moved)
      pthread_mutex_unlock(mutex)
    }
    if isEnding { throw .badDescriptor }
    return try body()
  }

  /// Lets a call go on until it is done. To be used inside of `locked`.
  func finish<C: WaitingCall>(_ call: inout C) throws(ErrorNumber) -> C.Outcome {
    while true {
      let outcome = try call.proceed()
      if let outcome { return outcome }
      try wait(until: call.deadline)
    }
  }

  /// Sleeps until another call has moved the stack. It is no matter if it had not: the call is tried again.
  func wait(until deadline: Instant) throws(ErrorNumber) {
    host.work()
    // What this call did may be what another one waits for.
    if hasNews { pthread_cond_broadcast(moved) }
    let number = nextWait
    nextWait += 1
    waits[number] = deadline
    pthread_cond_wait(moved, mutex)
    waits[number] = nil
    if isEnding { throw .badDescriptor }
  }

  /// Some socket became ready since this was asked last.
  private var hasNews: Bool {
    var any = false
    while host.table.nextEvent() != nil { any = true }
    return any
  }

  /// Calls that wait return, and then nobody is inside any more.
  func end() {
    pthread_mutex_lock(mutex)
    isEnding = true
    while callers > 0 {
      pthread_cond_broadcast(moved)
      pthread_cond_wait(moved, mutex)
    }
    pthread_mutex_unlock(mutex)
  }

  /// When the stack, or a call that waits, has to be seen to next.
  var nextDeadline: Instant { waits.values.reduce(host.nextDeadline) { min($0, $1) } }

  // MARK: Descriptors

  func socket(_ descriptor: Int32) throws(ErrorNumber) -> BSDSocket {
    guard let index = index(descriptor), let socket = sockets[index] else { throw .badDescriptor }
    return socket
  }

  private func index(_ descriptor: Int32) -> Int? {
    let index = Int(descriptor) - Self.firstDescriptor
    return sockets.indices.contains(index) ? index : nil
  }

  /// The lowest number that is free.
  func add(_ socket: BSDSocket, flags: Int32) -> Int32 {
    let index = sockets.firstIndex { $0 == nil } ?? sockets.count
    if index == sockets.count {
      sockets.append(nil)
      descriptorFlags.append(0)
    }
    sockets[index] = socket
    descriptorFlags[index] = flags
    return Int32(index + Self.firstDescriptor)
  }

  /// The number is free from now on.
  func remove(_ descriptor: Int32) throws(ErrorNumber) -> BSDSocket {
    let socket = try socket(descriptor)
    if let index = index(descriptor) { sockets[index] = nil }
    return socket
  }

  /// F_GETFD and F_SETFD.
  func flags(_ descriptor: Int32) -> Int32 { index(descriptor).map { descriptorFlags[$0] } ?? 0 }
  func setFlags(_ descriptor: Int32, _ flags: Int32) {
    if let index = index(descriptor) { descriptorFlags[index] = flags }
  }
}

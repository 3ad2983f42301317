import StrataBase

/// An application as a machine: events and instants go in, socket calls come out. It has no thread,
/// no clock and nothing that waits, so it runs unchanged on every ground.
///
/// Make it a value type that holds no reference. A world that is rewound copies its programs with the
/// rest of its state, and a Swift task cannot be copied; a struct can.
///
/// ```swift
/// struct Echo: Program {
///   mutating func start(_ sockets: some SocketCalls) { ... }               // listen
///   mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) { ... }
///   mutating func expire(_ sockets: some SocketCalls) {}
///   var nextDeadline: Instant { .never }
/// }
/// ```
public protocol Program {
  /// Called once, before anything else.
  mutating func start(_ sockets: some SocketCalls)
  /// Called for every event of the host's sockets that belong to this program.
  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls)
  /// Called when `nextDeadline` has come.
  mutating func expire(_ sockets: some SocketCalls)
  /// Takes one message from outside of the world. Such messages are the only way in, so a recording of
  /// them and of their instants replays the program. The bytes are valid during the call only.
  mutating func receive(_ input: RawSpan, _ sockets: some SocketCalls)
  /// When to call `expire`; `never` when no timer runs. Asked again after every call.
  var nextDeadline: Instant { get }
}

extension Program {
  public mutating func expire(_ sockets: some SocketCalls) {}
  public mutating func receive(_ input: RawSpan, _ sockets: some SocketCalls) {}
  public var nextDeadline: Instant { .never }
}

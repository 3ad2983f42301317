import StrataBase
import StrataTransport

/// Sees what programs write to and read from their streams, in order. For checkers.
public protocol SocketObserver: AnyObject {
  /// A connection was accepted, or its opening began.
  func opened(_ name: ConnectionName)
  /// A program wrote these bytes; `name` is as its host sees it.
  func wrote(_ bytes: RawSpan, on name: ConnectionName)
  /// A program read these bytes.
  func read(_ bytes: RawSpan, on name: ConnectionName)
}

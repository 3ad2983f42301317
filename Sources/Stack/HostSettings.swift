import StrataInternet
import StrataTransport

/// What a host's layers are set to.
public struct HostSettings: Sendable {
  public var internet = InternetSettings()
  public var tcp = TCPSettings()
  /// The most connections, listeners and half-open connections together.
  public var connections = 65_536
  public init() {}
}

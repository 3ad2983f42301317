import StrataTransport

/// The names that Linux has for algorithms of congestion control (net/ipv4/tcp_cong.c).
extension CongestionChoice {
  /// TCP_CA_NAME_MAX
  private static var nameCount: Int { 16 }

  /// Nil for an algorithm that is not here. `newreno` is another word for Linux's `reno`.
  init?(linuxName: String) {
    switch linuxName {
    case "cubic": self = .cubic
    case "reno", "newreno": self = .newReno
    default: return nil
    }
  }

  var linuxName: String {
    switch self {
    case .cubic: "cubic"
    case .newReno: "reno"
    }
  }

  /// What TCP_CONGESTION gives.
  var optionBytes: [UInt8] {
    let name = Array(linuxName.utf8)
    return name + [UInt8](repeating: 0, count: Self.nameCount - name.count)
  }
}

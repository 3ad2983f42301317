/// The algorithms of congestion control that a connection can have.
public enum CongestionChoice: UInt8, Hashable, Sendable, CaseIterable {
  /// RFC 9438, with HyStart++ (RFC 9406) in the first slow start.
  case cubic
  /// RFC 5681 and RFC 6582
  case newReno
}

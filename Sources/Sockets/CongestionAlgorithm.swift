/// The algorithms of congestion control that a stream can be given.
public enum CongestionAlgorithm: String, Hashable, Sendable, CaseIterable {
  /// RFC 9438
  case cubic
  /// RFC 5681 and RFC 6582; the kernel calls it so.
  case newReno = "reno"
}

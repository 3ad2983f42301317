/// Where a download's bytes go.
///
/// Calls come in this order: `identify`, `begin`, any number of `write`, then `finish` or `abandon`.
public protocol Sink {
  /// Tells the strong entity tag of the content that is about to begin, if it has one: by it a later
  /// attempt can go on with the same content (If-Range).
  mutating func identify(_ entityTag: String?)
  /// The content begins; its first byte belongs at `offset`, 0 unless the sink asked to go on.
  mutating func begin(at offset: UInt64) throws(SinkError)
  /// The next bytes, all of them. They are valid during the call only.
  mutating func write(_ bytes: RawSpan) throws(SinkError)
  /// The content is complete.
  mutating func finish() throws(SinkError)
  /// No more will come, and it is not complete.
  mutating func abandon()
}

extension Sink {
  public mutating func identify(_ entityTag: String?) {}
}

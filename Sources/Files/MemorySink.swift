/// Keeps the bytes, up to a bound.
public struct MemorySink: Sink {
  public private(set) var bytes: [UInt8] = []
  public let limit: Int

  public init(limit: Int = 1 << 20) { self.limit = limit }

  public mutating func begin(at offset: UInt64) throws(SinkError) { bytes = [] }
  public mutating func write(_ more: RawSpan) throws(SinkError) {
    if more.byteCount > limit - bytes.count { throw .full }
    more.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }
  public mutating func finish() throws(SinkError) {}
  public mutating func abandon() {}
}

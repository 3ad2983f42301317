/// Where a download's bytes go.
///
/// Calls come in this order: `begin`, any number of `write`, then `finish` or `abandon`.
public protocol Sink {
  /// The content begins; its first byte belongs at `offset`, 0 unless the sink asked to go on.
  mutating func begin(at offset: UInt64) throws(SinkError)
  /// The next bytes, all of them. They are valid during the call only.
  mutating func write(_ bytes: RawSpan) throws(SinkError)
  /// The content is complete.
  mutating func finish() throws(SinkError)
  /// No more will come, and it is not complete.
  mutating func abandon()
}

/// Why a sink could not take bytes.
public enum SinkError: Error, Hashable, Sendable {
  case noSpace
  case notPermitted
  case noFolder
  /// The sink holds as much as it may.
  case full
  /// The system's error number.
  case system(Int32)
}

extension SinkError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSpace: "no space is left: free some, or choose another disk"
    case .notPermitted: "writing is not permitted there: choose another place"
    case .noFolder: "the folder does not exist: make it first"
    case .full: "the content is larger than allowed: raise the limit"
    case .system(let number): "the system refused with error \(number); `errno \(number)` names it"
    }
  }
}

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

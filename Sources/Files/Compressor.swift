/// Packs content piece by piece. Each piece stands by itself, so a connection keeps between two pieces
/// no more than the few numbers of a `Trailer`, and all connections of a loop share one compressor.
///
/// ```swift
/// var compressor = GzipCompressor()          // nil where the library is missing
/// var bytes = compressor.header
/// var state = CompressionState()
/// bytes += compressor.compress(piece, &state)
/// bytes += compressor.end(state)
/// ```
public protocol Compressor {
  /// The first bytes of all content.
  var header: [UInt8] { get }
  /// Packs the next piece, at most `CompressionState.piece` bytes, into the front of `target`, which has
  /// `CompressionState.room` bytes, and gives the count of bytes it made; 0 is a failure.
  func compress(_ piece: RawSpan, into target: inout MutableRawSpan, _ state: inout CompressionState) -> Int
  /// The last bytes.
  func end(_ state: CompressionState) -> [UInt8]
}

/// What packing remembers between two pieces: a plain value, wherever the packing stands.
public struct CompressionState: Hashable, Sendable {
  /// Bytes of a piece. A window begins anew with each, which costs a few per cent of size.
  public static var piece: Int { 65_536 }
  /// Bytes that a packed piece takes at most: incompressible ones grow a little.
  public static var room: Int { 66_560 }

  var crc: UInt32 = 0
  var count: UInt64 = 0

  public init() {}
}

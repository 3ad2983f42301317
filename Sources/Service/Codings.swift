import StrataFiles
import StrataHTTP

/// The content codings that a server offers, each with what packs it.
///
/// What packs is the system's library, whose bytes differ from one version to the next. So a world that
/// is to say the same bytes everywhere is given none, which is the default of `FileServer`.
///
/// ```swift
/// var server = FileServer(store: store, address: address, clock: clock, codings: .system)
/// ```
public struct Codings {
  /// Content of fewer bytes is not worth it, and that of more not the time.
  public static var leastBytes: UInt64 { 1_024 }
  public static var mostBytes: UInt64 { 8 << 20 }

  private let gzip: GzipCompressor?
  private let zstd: ZstdCompressor?
  /// In the order in which a server prefers them.
  let offered: [ContentCoding]

  private init(gzip: GzipCompressor?, zstd: ZstdCompressor?) {
    self.gzip = gzip
    self.zstd = zstd
    offered = (zstd == nil ? [] : [.zstd]) + (gzip == nil ? [] : [.gzip])
  }

  /// Only identity.
  public static var none: Codings { Codings(gzip: nil, zstd: nil) }
  /// What this machine's libraries can do.
  public static var system: Codings { Codings(gzip: GzipCompressor(), zstd: ZstdCompressor()) }

  /// What of these makes sense for a file, beside identity.
  func offered(for file: FileInfo) -> [ContentCoding] {
    guard file.mediaType.isCompressible, file.size >= Self.leastBytes, file.size <= Self.mostBytes else {
      return []
    }
    return offered
  }

  func compressor(_ coding: ContentCoding) -> (any Compressor)? {
    switch coding {
    case .identity: nil
    case .gzip: gzip
    case .zstd: zstd
    }
  }
}

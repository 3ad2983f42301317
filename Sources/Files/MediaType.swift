/// A media type (RFC 9110 §8.3.1), as it stands in Content-Type.
public struct MediaType: Hashable, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ text: String) { description = text }

  public static var html: MediaType { MediaType("text/html; charset=utf-8") }
  public static var plainText: MediaType { MediaType("text/plain; charset=utf-8") }
  /// What is of no known type.
  public static var bytes: MediaType { MediaType("application/octet-stream") }

  /// Text, which a browser shows rather than saves.
  public var isText: Bool { description.hasSuffix("charset=utf-8") }

  /// Packing it saves much: text, and the few formats that pack nothing themselves.
  public var isCompressible: Bool {
    switch description {
    case "application/wasm", "application/x-tar", "image/bmp", "font/ttf", "font/otf": true
    default: isText
    }
  }

  /// The type by a name's extension, in lower case and without its point.
  public init(fileExtension name: String) {
    self = Self.text(name) ?? Self.picture(name) ?? Self.soundOrFilm(name) ?? Self.other(name) ?? .bytes
  }

  private static func text(_ name: String) -> MediaType? {
    switch name {
    case "html", "htm", "xhtml": .html
    case "css": MediaType("text/css; charset=utf-8")
    case "js", "mjs": MediaType("text/javascript; charset=utf-8")
    case "json", "map", "webmanifest": MediaType("application/json; charset=utf-8")
    case "xml", "rss", "atom": MediaType("text/xml; charset=utf-8")
    case "csv": MediaType("text/csv; charset=utf-8")
    case "md", "markdown": MediaType("text/markdown; charset=utf-8")
    case "txt", "text", "log", "ini", "conf", "cfg", "toml", "yaml", "yml", "diff", "patch", "swift", "c",
      "h", "cc",
      "cpp", "hpp", "m", "py", "rb", "rs", "go", "java", "kt", "sh", "bash", "zsh", "pl", "lua", "sql",
      "v", "sv", "vhd", "s", "asm", "tex", "rst", "adoc", "org", "mk", "cmake", "gradle",
      "ts", "tsx", "jsx":
      .plainText
    default: nil
    }
  }

  private static func picture(_ name: String) -> MediaType? {
    switch name {
    case "png": MediaType("image/png")
    case "jpg", "jpeg": MediaType("image/jpeg")
    case "gif": MediaType("image/gif")
    case "svg": MediaType("image/svg+xml; charset=utf-8")
    case "webp": MediaType("image/webp")
    case "avif": MediaType("image/avif")
    case "ico": MediaType("image/x-icon")
    case "bmp": MediaType("image/bmp")
    case "tif", "tiff": MediaType("image/tiff")
    default: nil
    }
  }

  private static func soundOrFilm(_ name: String) -> MediaType? {
    switch name {
    case "mp4", "m4v": MediaType("video/mp4")
    case "webm": MediaType("video/webm")
    case "mkv": MediaType("video/x-matroska")
    case "mov": MediaType("video/quicktime")
    case "ogv": MediaType("video/ogg")
    case "mp3": MediaType("audio/mpeg")
    case "m4a": MediaType("audio/mp4")
    case "ogg", "oga", "opus": MediaType("audio/ogg")
    case "wav": MediaType("audio/wav")
    case "flac": MediaType("audio/flac")
    default: nil
    }
  }

  private static func other(_ name: String) -> MediaType? {
    switch name {
    case "pdf": MediaType("application/pdf")
    case "zip": MediaType("application/zip")
    case "gz", "tgz": MediaType("application/gzip")
    case "bz2": MediaType("application/x-bzip2")
    case "xz": MediaType("application/x-xz")
    case "zst": MediaType("application/zstd")
    case "tar": MediaType("application/x-tar")
    case "7z": MediaType("application/x-7z-compressed")
    case "wasm": MediaType("application/wasm")
    case "woff": MediaType("font/woff")
    case "woff2": MediaType("font/woff2")
    case "ttf": MediaType("font/ttf")
    case "otf": MediaType("font/otf")
    case "epub": MediaType("application/epub+zip")
    default: nil
    }
  }
}

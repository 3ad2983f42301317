import Glibc

/// The working copy that the tests stand in: its files, by paths relative to its root.
///
/// ```swift
/// for path in Checkout.files(under: "Sources", ending: [".swift"]) { print(Checkout.text(of: path)!) }
/// ```
public enum Checkout {
  /// The folder with Package.swift.
  public static let root: String = {
    var folder = Substring(#filePath)
    for _ in 0..<3 { folder = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)] }
    return String(folder)
  }()

  /// The text of a file; nil when it is missing or not UTF-8.
  public static func text(of path: String) -> String? {
    guard let file = fopen("\(root)/\(path)", "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&piece, 1, piece.count, file)
      if count == 0 { break }
      bytes += piece[..<count]
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The files below a folder (or the file itself) whose names end in one of the given ways, sorted.
  /// Hidden files and folders are left out.
  public static func files(under path: String, ending: [String]) -> [String] {
    guard let folder = opendir("\(root)/\(path)") else {
      return ending.contains(where: path.hasSuffix) && access("\(root)/\(path)", R_OK) == 0 ? [path] : []
    }
    defer { closedir(folder) }
    var found: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { found += files(under: "\(path)/\(name)", ending: ending) }
    }
    return found.sorted()
  }

  /// The names of the folders in a folder, sorted.
  public static func folders(in path: String) -> [String] {
    let deeper = files(under: path, ending: [""]).compactMap { file -> String? in
      let parts = file.dropFirst(path.count + 1).split(separator: "/")
      return parts.count > 1 ? String(parts[0]) : nil
    }
    return Set(deeper).sorted()
  }
}

import Glibc

/// How much a folder holds, for the line a server prints when it starts.
public struct FolderSummary: Hashable, Sendable {
  public private(set) var files = 0
  public private(set) var bytes: UInt64 = 0
  /// False when the walk met its bound, so that there is more.
  public private(set) var isComplete = true

  /// The deepest nesting that is looked into.
  private static var mostDepth: Int { 64 }

  /// Walks below the root, following no link, at most `mostEntries` entries.
  init(of root: Root, mostEntries: Int) {
    var waiting: [[FileName]] = [[]]
    var seen = 0
    while let path = waiting.popLast() {
      guard let opened = try? root.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { continue }
      guard let stream = fdopendir(opened) else {
        Glibc.close(opened)
        continue
      }
      defer { closedir(stream) }
      while let record = readdir(stream) {
        let name = FileName(record: record)
        guard name.isPlain, let status = FileStatus(name: name, in: opened) else { continue }
        seen += 1
        if seen > mostEntries {
          isComplete = false
          return
        }
        if status.kind == .file {
          files += 1
          bytes += status.size
        } else if status.kind == .folder {
          if path.count < Self.mostDepth { waiting.append(path + [name]) } else { isComplete = false }
        }
      }
    }
  }
}

extension FolderSummary: CustomStringConvertible {
  /// "212 files, 3.1 MB"
  public var description: String {
    "\(isComplete ? "" : "more than ")\(files) \(files == 1 ? "file" : "files"), \(ByteCount(bytes))"
  }
}

/// One line of a folder's listing.
public struct FolderEntry: Hashable, Sendable, Codable {
  public var name: FileName
  public var isFolder: Bool
  /// Bytes; 0 for a folder.
  public var size: UInt64
  public var modified: FileTime

  public init(name: FileName, isFolder: Bool, size: UInt64, modified: FileTime) {
    self.name = name
    self.isFolder = isFolder
    self.size = size
    self.modified = modified
  }
}

extension FolderEntry: Comparable {
  /// Folders first, then by name.
  public static func < (a: FolderEntry, b: FolderEntry) -> Bool {
    a.isFolder != b.isFolder ? a.isFolder : a.name < b.name
  }
}

/// The entries of a folder, sorted: folders first, then files, each by name.
public struct Folder: Hashable, Sendable, Codable {
  /// The most entries one answer holds: a page of them takes about two megabytes.
  public static var mostEntries: Int { 10_000 }

  public var entries: [FolderEntry]
  /// False when the folder holds more than `mostEntries`.
  public var isComplete: Bool

  public init(entries: [FolderEntry], isComplete: Bool = true) {
    self.entries = entries
    self.isComplete = isComplete
  }
}

/// What a path names in a store.
public enum StoreAnswer: Hashable, Sendable, Codable {
  case file(FileInfo)
  case folder(Folder)
  case missing
  /// It is there and may not be served: no permission, a device, or a link that leads out of the root.
  case forbidden
  /// A segment before the last is a file.
  case notAFolder
}

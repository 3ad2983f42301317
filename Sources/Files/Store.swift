/// Files by their paths: a folder of the machine, or a recording of what such a folder once answered.
///
/// The answers are plain values, given at once, so that a recording can stand in for a folder and a
/// replayed world reads the same bytes. A store never follows a path out of its root.
///
/// ```swift
/// var store = try FolderStore(path: "public")
/// if case .file(let info) = store.lookUp(["index.html"]) {
///   let file = try store.open(info)
///   let count = store.read(file, at: 0, into: &bytes)
///   store.close(file)
/// }
/// ```
public protocol Store {
  /// What the path names, from the root down; an empty path is the root.
  mutating func lookUp(_ path: [FileName]) -> StoreAnswer
  /// The same, for one of several questions: what a look finds may answer all of one round. Whoever counts
  /// rounds begins another with whatever is to be answered by a later look.
  mutating func lookUp(_ path: [FileName], during round: UInt64) -> StoreAnswer
  /// Opens a file that `lookUp` found, if it is still the same one.
  mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile
  /// Reads at `offset`, in bytes, as much as there is and fits. 0: the end, or the file is gone or
  /// was replaced.
  mutating func read(_ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan) -> Int
  mutating func close(_ file: OpenFile)
  /// The operating system's descriptor of an open file, where a store has one and whoever sends it need
  /// not see the bytes; nil else, or when the file is gone. Not to be kept, and not to be closed.
  mutating func descriptor(of file: OpenFile) -> Int32?
}

extension Store {
  public mutating func lookUp(_ path: [FileName], during round: UInt64) -> StoreAnswer { lookUp(path) }
  public mutating func descriptor(of file: OpenFile) -> Int32? { nil }
}

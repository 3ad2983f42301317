import CFiles
import Glibc

/// The folder that nothing leaves: all paths are opened relative to its descriptor.
final class Root {
  let descriptor: Int32
  /// O_PATH: names a thing without opening it. Opening a device or a FIFO can have effects.
  static var pathOnly: Int32 { cfiles_path_flag() }
  private var resolvesByKernel: Bool

  init(path: String, resolvesByKernel: Bool) throws(StoreError) {
    descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    self.resolvesByKernel = resolvesByKernel
    if descriptor < 0 { throw StoreError(errno: errno) }
  }
  deinit { Glibc.close(descriptor) }

  /// Opens what the path names. The path's names are plain: no "..", no slash.
  func open(_ path: [FileName], flags: Int32) throws(StoreError) -> Int32 {
    // openat2 takes no other flag beside O_PATH.
    let flags = flags | O_CLOEXEC | (flags & Root.pathOnly != 0 ? 0 : O_NONBLOCK | O_NOCTTY)
    if resolvesByKernel {
      let found = cfiles_open_beneath(descriptor, Root.text(path), flags)
      if found >= 0 { return found }
      // Old kernels lack the call; old containers forbid it.
      guard found == -ENOSYS || (found == -EPERM && flags & Root.pathOnly != 0) else {
        throw StoreError(errno: -found)
      }
      resolvesByKernel = false
    }
    return try walk(path, flags: flags)
  }

  /// A path as the system's calls take it.
  static func text(_ path: [FileName]) -> [CChar] {
    var text: [CChar] = []
    for name in path {
      for byte in name.bytes { text.append(CChar(bitPattern: byte)) }
      text.append(0x2f)
    }
    if text.isEmpty { text = [0x2e] } else { text.removeLast() }
    text.append(0)
    return text
  }

  /// Segment by segment, following no link.
  private func walk(_ path: [FileName], flags: Int32) throws(StoreError) -> Int32 {
    var folder = openat(descriptor, ".", Root.pathOnly | O_DIRECTORY | O_CLOEXEC)
    if folder < 0 { throw StoreError(errno: errno) }
    defer { if folder >= 0 { Glibc.close(folder) } }
    guard let last = path.last else { return try step(folder, ".", flags: flags) }
    for name in path.dropLast() {
      let next = try step(folder, name, flags: Root.pathOnly | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
      Glibc.close(folder)
      folder = next
    }
    let found = try step(folder, last, flags: flags | O_NOFOLLOW)
    // O_PATH with O_NOFOLLOW opens the link itself, which `FileStatus` then finds to be no file.
    return found
  }

  private func step(_ folder: Int32, _ name: FileName, flags: Int32) throws(StoreError) -> Int32 {
    let text = name.bytes.map { CChar(bitPattern: $0) } + [0]
    while true {
      let found = openat(folder, text, flags)
      if found >= 0 { return found }
      if errno != EINTR { throw StoreError(errno: errno) }
    }
  }

  /// The entries of a folder, sorted. What is neither a file nor a folder is left out, and so are links
  /// that lead out of the root.
  func list(_ path: [FileName], most: Int = Folder.mostEntries) throws(StoreError) -> Folder {
    let opened = try open(path, flags: O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(opened) else {
      Glibc.close(opened)
      throw StoreError(errno: errno)
    }
    defer { closedir(stream) }
    var entries: [FolderEntry] = []
    while let record = readdir(stream) {
      let name = FileName(record: record)
      guard name.isPlain, let entry = entry(name, in: opened, path: path) else { continue }
      if entries.count == most { return Folder(entries: entries.sorted(), isComplete: false) }
      entries.append(entry)
    }
    return Folder(entries: entries.sorted())
  }

  private func entry(_ name: FileName, in folder: Int32, path: [FileName]) -> FolderEntry? {
    guard var status = FileStatus(name: name, in: folder) else { return nil }
    if status.isLink {
      guard let target = try? open(path + [name], flags: Root.pathOnly) else { return nil }
      defer { Glibc.close(target) }
      guard let followed = FileStatus(descriptor: target) else { return nil }
      status = followed
    }
    switch status.kind {
    case .file:
      return FolderEntry(name: name, isFolder: false, size: status.size, modified: status.modified)
    case .folder: return FolderEntry(name: name, isFolder: true, size: 0, modified: status.modified)
    case .other: return nil
    }
  }
}

extension FileName {
  /// The name in a record of `readdir`.
  init(record: UnsafeMutablePointer<dirent>) {
    let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name)!
    let start = UnsafeRawPointer(record) + offset
    let count = strlen(start.assumingMemoryBound(to: CChar.self))
    self.init(Array(UnsafeRawBufferPointer(start: start, count: count)))
  }
}

extension StoreError {
  init(errno number: Int32) {
    switch number {
    case ENOENT, ENAMETOOLONG: self = .missing
    case ENOTDIR: self = .notAFolder
    // EXDEV: RESOLVE_BENEATH stopped a way out. ELOOP: a link where none is followed. ENXIO: a socket or
    // a FIFO.
    case EACCES, EPERM, EXDEV, ELOOP, ENXIO, EISDIR: self = .forbidden
    default: self = .system(number)
    }
  }
}

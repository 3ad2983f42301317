import Glibc

/// What `fstat` says.
struct FileStatus {
  enum Kind { case file, folder, other }
  let kind: Kind
  let isLink: Bool
  let size: UInt64
  let modified: FileTime
  /// When anything of the file changed, its times included: who sets the other back cannot set this.
  let changed: FileTime
  let device: UInt64
  let inode: UInt64

  init?(descriptor: Int32) {
    var status = stat()
    if fstat(descriptor, &status) != 0 { return nil }
    self.init(status)
  }
  /// Of the entry itself, should it be a link.
  init?(name: FileName, in folder: Int32) {
    var status = stat()
    let text = name.bytes.map { CChar(bitPattern: $0) } + [0]
    if fstatat(folder, text, &status, AT_SYMLINK_NOFOLLOW) != 0 { return nil }
    self.init(status)
  }

  /// Of what a path from the folder `root` leads to; the text ends in NUL.
  init?(path: [CChar], below root: Int32) {
    var status = stat()
    if fstatat(root, path, &status, 0) != 0 { return nil }
    self.init(status)
  }

  func isSameFile(as info: FileInfo) -> Bool {
    kind == .file && inode == info.inode && device == info.device && size == info.size
      && modified == info.modified
  }

  private init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    default: kind = .other
    }
    isLink = status.st_mode & S_IFMT == S_IFLNK
    size = UInt64(status.st_size)
    modified = FileTime(status.st_mtim)
    changed = FileTime(status.st_ctim)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  func info(path: [FileName]) -> FileInfo {
    FileInfo(path: path, size: size, modified: modified, device: device, inode: inode)
  }
}

extension FileTime {
  fileprivate init(_ time: timespec) {
    self.init(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
  }

  /// The operator's clock, by which file systems stamp what changes.
  public static var now: FileTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return FileTime(time)
  }
}

/// What can be asked of an open file, and what is kept with it (asm-generic/fcntl.h).
public enum FileFlags {
  public static let getDescriptor: Int32 = 1  // F_GETFD
  public static let setDescriptor: Int32 = 2  // F_SETFD
  public static let getStatus: Int32 = 3  // F_GETFL
  public static let setStatus: Int32 = 4  // F_SETFL

  public static let closeOnExec: Int = 1  // FD_CLOEXEC
  static let readWrite = 0x2  // O_RDWR
  static let nonblocking = 0x800  // O_NONBLOCK
}

/// How much is carried. A debug build of a stack is some twenty times slower than a release build, and the
/// tests are about what arrives, not about how soon.
enum Sizes {
  #if DEBUG
    static let large = 64 << 20
    static let lossy = 16 << 20
    static let many = 1 << 20
  #else
    static let large = 64 << 20
    static let lossy = 16 << 20
    static let many = 1 << 20
  #endif
  /// A file that only a part of is read: it takes no room, and its server must not take any for it.
  static let sparse = 256 << 20
}

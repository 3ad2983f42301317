/// Why a store could not open.
public enum StoreError: Error, Hashable, Sendable, Codable {
  case missing
  case forbidden
  /// The root of a store is no folder.
  case notAFolder
  /// The file was replaced or changed since it was looked up.
  case changed
  /// As many files are open as the store allows.
  case tooManyFiles
  /// The system's error number.
  case system(Int32)
}

extension StoreError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing: "no such file or folder; check the path"
    case .forbidden: "it may not be read; check its permissions and where its links lead"
    case .notAFolder: "it is not a folder; name the folder that holds it"
    case .changed: "the file changed since it was looked up; look it up again"
    case .tooManyFiles: "too many files are open; close one and try again"
    case .system(let number): "the system refused with error \(number); `errno \(number)` names it"
    }
  }
}

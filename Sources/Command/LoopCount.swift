import ArgumentParser
import Glibc

/// How many loops serve: a number, or `auto` for one a core.
struct LoopCount: Quantity {
  static let form = "write a number from 1 to \(most), or auto"
  static var most: Int { 256 }
  let count: Int

  init?(argument: String) {
    let number = argument == "auto" ? sysconf(Int32(_SC_NPROCESSORS_ONLN)) : Int(argument)
    guard let number, (1...Self.most).contains(number) else { return nil }
    count = number
  }
  init(_ count: Int) { self.count = count }

  var defaultValueDescription: String { "\(count)" }
}

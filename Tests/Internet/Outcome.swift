import StrataBase
import StrataInternet
import StrataLink
import StrataWire

/// What `Internet.receive` said, in a form that can be compared.
enum Outcome: Equatable {
  case none
  case packet([UInt8], from: Address, to: Address, IPProtocol)
  case error(ControlError)
}

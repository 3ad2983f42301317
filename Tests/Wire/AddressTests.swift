import StrataWire
import Testing

@Suite struct AddressTests {
}

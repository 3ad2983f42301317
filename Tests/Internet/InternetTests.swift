import StrataInternet
import Testing

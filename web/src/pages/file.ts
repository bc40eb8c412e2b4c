// The island of the confirmation page.
import "./common";
